/** Ids out of the generator of SQLite. */
export function randomblob(Database) {
  const statement = new Database(':memory:').prepare('SELECT hex(randomblob(8)) AS id');
  return () => statement.get().id;
}
