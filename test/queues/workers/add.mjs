// Adds jobs with these numbers to the queue of a worker: node add.mjs bull.mjs 1 2 3
const [module, ...numbers] = process.argv.slice(2);
const { add } = await import(new URL(module, import.meta.url).href);
await add(numbers.map(Number));
