/** Draws ids from SQLite's generator. */
export function randomblob(Database) {
  const statement = new Database(':memory:').prepare('SELECT hex(randomblob(8)) AS id');
  return () => statement.get().id;
}
