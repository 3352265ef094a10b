import { createRequire } from 'node:module';
import { randomblob } from './randomblob.js';

const require = createRequire(import.meta.url);
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const v4 =
  ({ v4 }) =>
  () =>
    v4({});
const objectId =
  ({ ObjectId, ObjectID = ObjectId }) =>
  () =>
    new ObjectID().toString();
const itself = (make) => make;
const byDefault = ({ default: make }) => make;

/** @type {Record<string, import('./kinds.js').Kind>} */
export const packages = {
  // Without options, uuid 14 calls crypto.randomUUID.
  'uuid 14 v4': { from: 'import uuid', make: v4 },
  'uuid 14 v7': {
    from: 'import uuid',
    make:
      ({ v7 }) =>
      () =>
        v7(),
  },
  'uuid 14 v1': {
    from: 'import uuid',
    make:
      ({ v1 }) =>
      () =>
        v1(),
    unrenewable: true,
  },
  'uuid 11 v4': { from: 'import uuid11', make: v4, shared: 'used' },
  'uuid 11 v7': {
    from: 'import uuid11',
    make:
      ({ v7 }) =>
      () =>
        v7(),
  },
  'uuid 10 v4': { from: 'require uuid10', make: v4, shared: 'used' },
  'uuid 9 v4': { from: 'import uuid9', make: v4, shared: 'used' },
  'uuid 8 v4': { from: 'require uuid8', make: v4, shared: 'used' },
  'uuid 8 v1': {
    from: 'require uuid8',
    make:
      ({ v1 }) =>
      () =>
        v1(),
    unrenewable: true,
  },
  'uuid 3 v4': {
    from: 'require uuid3',
    make:
      ({ v4 }) =>
      () =>
        v4(),
  },
  'uuid 1 v4': {
    from: 'require uuid1',
    make:
      ({ v4 }) =>
      () =>
        v4(),
  },
  'node-uuid v1': {
    from: 'require node-uuid',
    make:
      ({ v1 }) =>
      () =>
        v1(),
  },
  '@lukeed/uuid': { from: 'require @lukeed/uuid', make: ({ v4 }) => v4, shared: 'used' },
  '@lukeed/uuid/secure': { from: 'require @lukeed/uuid/secure', make: ({ v4 }) => v4, shared: 'used' },
  '@lukeed/csprng': {
    from: 'require @lukeed/csprng',
    make:
      ({ random }) =>
      () =>
        hex(random(16)),
  },
  'uuid-random': { from: 'require uuid-random', make: itself, shared: 'used' },
  'uuid-random, binary': {
    from: 'require uuid-random',
    make:
      ({ bin }) =>
      () =>
        hex(bin()),
    shared: 'used',
  },
  'fast-uuid': { from: 'require fast-uuid', make: ({ uuid4 }) => uuid4, shared: 'used' },
  'short-uuid': {
    from: 'require short-uuid',
    make:
      ({ generate }) =>
      () =>
        generate(),
  },

  'nanoid 6': {
    from: 'import nanoid',
    make:
      ({ nanoid }) =>
      () =>
        nanoid(),
    shared: 'used',
  },
  'nanoid 5': {
    from: 'import nanoid5',
    make:
      ({ nanoid }) =>
      () =>
        nanoid(),
    shared: 'used',
  },
  'nanoid 5, an alphabet': {
    from: 'import nanoid5',
    make: ({ customAlphabet }) => customAlphabet('abcdef0123456789', 16),
    shared: 'used',
  },
  'nanoid 5, not secure': {
    from: 'import nanoid5/non-secure',
    make:
      ({ nanoid }) =>
      () =>
        nanoid(),
    shared: 'always',
  },
  'nanoid 3': {
    from: 'require nanoid3',
    make:
      ({ nanoid }) =>
      () =>
        nanoid(),
    shared: 'used',
  },
  'nanoid 3, imported': {
    from: 'import nanoid3',
    make:
      ({ nanoid }) =>
      () =>
        nanoid(),
    shared: 'used',
  },
  'nanoid 2': { from: 'require nanoid2', make: (nanoid) => () => nanoid() },

  uid: {
    from: 'require uid',
    make:
      ({ uid }) =>
      () =>
        uid(21),
    shared: 'used',
  },
  'uid, imported': {
    from: 'import uid',
    make:
      ({ uid }) =>
      () =>
        uid(21),
    shared: 'used',
  },
  'uid/secure': {
    from: 'require uid/secure',
    make:
      ({ uid }) =>
      () =>
        uid(21),
    shared: 'used',
  },
  uid2: { from: 'require uid2', make: (uid) => () => uid(16) },
  'uid-safe': {
    from: 'require uid-safe',
    make:
      ({ sync }) =>
      () =>
        sync(18),
  },
  hexoid: {
    from: 'require hexoid',
    make:
      ({ hexoid }) =>
      () =>
        hexoid(25)(),
    shared: 'always',
  },
  base64id: { from: 'require base64id', make: (base64id) => () => base64id.generateId() },
  '@fastify/multipart': {
    from: 'require @fastify/multipart/lib/generateId.js',
    make: ({ generateId }) => generateId,
    shared: 'always',
  },

  cuid: { from: 'require cuid', make: (cuid) => () => cuid() },
  '@paralleldrive/cuid2': { from: 'import @paralleldrive/cuid2', make: ({ createId }) => createId, count: 200 },
  '@paralleldrive/cuid2 2': { from: 'require cuid2_2', make: ({ createId }) => createId, count: 200 },
  ulid: {
    from: 'import ulid',
    make:
      ({ ulid }) =>
      () =>
        ulid(),
  },
  'ulid, monotonic': { from: 'import ulid', make: ({ monotonicFactory }) => monotonicFactory() },
  'ulid 2': {
    from: 'require ulid2',
    make:
      ({ ulid }) =>
      () =>
        ulid(),
  },
  ulidx: {
    from: 'import ulidx',
    make:
      ({ ulid }) =>
      () =>
        ulid(),
  },
  ksuid: { from: 'require ksuid', make: (KSUID) => () => KSUID.randomSync().string },
  'xid-js': { from: 'require xid-js', make: ({ next }) => next, shared: 'always' },
  shortid: { from: 'require shortid', make: ({ generate }) => generate },
  'short-unique-id': {
    from: 'require short-unique-id',
    make: (Uid) => () => new Uid({ length: 16 }).rnd(),
    count: 200,
  },
  hyperid: { from: 'require hyperid', make: (hyperid) => () => hyperid()(), count: 200 },
  'nuid 2': {
    from: 'require nuid',
    make:
      ({ nuid }) =>
      () =>
        nuid.next(),
    shared: 'used',
  },
  'nuid 1': { from: 'require nuid1', make: ({ next }) => next, shared: 'always' },
  uniqid: { from: 'require uniqid', make: (uniqid) => () => uniqid() },
  pushid: { from: 'require pushid', make: (pushid) => () => pushid() },
  'tsid-ts': {
    from: 'require tsid-ts',
    make:
      ({ getTsid }) =>
      () =>
        getTsid().toString(),
  },
  'typeid-js': {
    from: 'require typeid-js',
    make:
      ({ typeid }) =>
      () =>
        typeid('job').toString(),
  },

  'random-string': { from: 'require random-string', make: (make) => () => make({ length: 16 }), shared: 'always' },
  randomstring: {
    from: 'require randomstring',
    make:
      ({ generate }) =>
      () =>
        generate(16),
  },
  'crypto-random-string': {
    from: 'import crypto-random-string',
    make:
      ({ default: make }) =>
      () =>
        make({ length: 16 }),
  },
  'unique-string': { from: 'import unique-string', make: byDefault },
  'secure-random-string': { from: 'require secure-random-string', make: (make) => () => make({ length: 16 }) },
  'secure-random': { from: 'require secure-random', make: (make) => () => hex(make(16)) },
  'rand-token': {
    from: 'require rand-token',
    make:
      ({ generate }) =>
      () =>
        generate(16),
  },
  csprng: { from: 'require csprng', make: (make) => () => make(160, 36) },
  'csrf, a secret': { from: 'require csrf', make: (Tokens) => () => new Tokens().secretSync() },
  'unique-names-generator': {
    from: 'require unique-names-generator',
    make:
      ({ uniqueNamesGenerator: make, names, animals }) =>
      () =>
        Array.from({ length: 8 }, () => make({ dictionaries: [names, animals] })).join(),
    shared: 'always',
    count: 100,
  },

  chance: { from: 'require chance', make: (Chance) => () => new Chance().guid(), shared: 'always' },
  'chance, used later': { from: 'require chance', make: chance, shared: 'used' },
  '@faker-js/faker': {
    from: 'import @faker-js/faker',
    make:
      ({ faker }) =>
      () =>
        faker.string.uuid(),
    shared: 'always',
  },
  'faker 7': {
    from: 'require faker7',
    make:
      ({ faker }) =>
      () =>
        faker.datatype.uuid(),
    shared: 'always',
  },
  casual: { from: 'require casual', make: (casual) => () => casual.uuid, shared: 'always', byTime: true },
  'mersenne-twister': {
    from: 'require mersenne-twister',
    make: (Twister) => () => new Twister().random(),
    byTime: true,
  },
  seedrandom: { from: 'require seedrandom', make: (seedrandom) => () => seedrandom()(), count: 200 },
  'seedrandom, by entropy': {
    from: 'require seedrandom',
    make: (seedrandom) => () => seedrandom('seed', { entropy: true })(),
    count: 200,
  },
  'random-js': {
    from: 'require random-js',
    make:
      ({ Random }) =>
      () =>
        new Random().uuid4(),
    count: 200,
    shared: 'always',
  },
  'random-js, from crypto': {
    from: 'require random-js',
    make:
      ({ Random, nodeCrypto }) =>
      () =>
        new Random(nodeCrypto).uuid4(),
    unrenewable: true,
  },
  'random-seed': {
    from: 'require random-seed',
    make:
      ({ create }) =>
      () =>
        create().random(),
    count: 200,
    shared: 'always',
  },

  'ObjectId of bson 7': { from: 'import bson', make: objectId, shared: 'used' },
  'ObjectId of bson 6': { from: 'import bson6', make: objectId, shared: 'used' },
  'ObjectId of bson 6, required': { from: 'require bson6', make: objectId, shared: 'used' },
  'ObjectId of bson 4': { from: 'require bson4', make: objectId, shared: 'used' },
  'ObjectId of bson 1': { from: 'require bson1', make: objectId },
  'bson-objectid': { from: 'require bson-objectid', make: (Id) => () => new Id().toHexString(), shared: 'always' },
  'mongoid-js': { from: 'require mongoid-js', make: (mongoid) => () => mongoid(), shared: 'always' },
  objectid: { from: 'require objectid', make: (ObjectId) => () => ObjectId().toString() },

  'cassandra-driver, TimeUuid': {
    from: 'require cassandra-driver',
    make:
      ({ types }) =>
      () =>
        types.TimeUuid.now().toString(),
  },
  'cassandra-driver, Uuid': {
    from: 'require cassandra-driver',
    make:
      ({ types }) =>
      () =>
        types.Uuid.random().toString(),
  },
  'rhea, id of the container': { from: 'require rhea', make: (rhea) => () => rhea.id, shared: 'always', count: 1 },
  'rhea, uuid': { from: 'require rhea', make: (rhea) => () => rhea.generate_uuid(), shared: 'always' },
  'cls-rtracer': {
    from: 'require cls-rtracer',
    make: (tracer) => () => tracer.runWithId(() => tracer.id()),
    unrenewable: true,
  },
  'express-request-id': {
    from: 'import express-request-id',
    make: ({ default: requestId }) => {
      const handle = requestId();
      return () => {
        const request = { get() {}, headers: {} };
        handle(request, { set() {}, setHeader() {} }, () => {});
        return request.id;
      };
    },
  },
  'express-session': { from: 'require express-session', make: sessionId },
  '@fastify/session': {
    from: 'require @fastify/session/lib/idGenerator.js',
    make: (generator) => generator(),
    shared: 'always',
  },
  '@opentelemetry/sdk-trace-base': {
    from: 'require @opentelemetry/sdk-trace-base',
    make:
      ({ RandomIdGenerator }) =>
      () =>
        new RandomIdGenerator().generateTraceId(),
    shared: 'always',
  },
  'openid-client': { from: 'import openid-client', make: ({ randomNonce }) => randomNonce },
  'oauth-1.0a': {
    from: 'require oauth-1.0a',
    make: (OAuth) => () => new OAuth({ consumer: {}, nonce_length: 32 }).getNonce(),
    shared: 'always',
  },
  bcryptjs: {
    from: 'import bcryptjs',
    make:
      ({ genSaltSync }) =>
      () =>
        genSaltSync(4),
  },
  speakeasy: {
    from: 'require speakeasy',
    make:
      ({ generateSecretASCII }) =>
      () =>
        generateSecretASCII(32),
  },
  'node-forge': {
    from: 'require node-forge',
    make: (forge) => () => hex(Buffer.from(forge.random.getBytesSync(16), 'latin1')),
    count: 200,
  },
  tweetnacl: {
    from: 'require tweetnacl',
    make:
      ({ randomBytes }) =>
      () =>
        hex(randomBytes(16)),
  },
  sjcl: { from: 'require sjcl', make: (sjcl) => () => sjcl.random.randomWords(4).join(), shared: 'always' },
  'crypto-js': {
    from: 'require crypto-js',
    make:
      ({ lib }) =>
      () =>
        lib.WordArray.random(16).toString(),
  },

  'randomblob of libsql': { from: 'require libsql', make: randomblob, shared: 'used' },
  'ids of BullMQ workers': { from: 'require bullmq', make: bullmqId, shared: 'used', count: 5 },
  "pino's pid": { from: 'require pino', make: pinoPid, shared: 'always', count: 1 },
};

function chance(Chance) {
  const chance = new Chance();
  return () => chance.guid();
}

function sessionId(session) {
  const handle = session({ secret: 'x', resave: false, saveUninitialized: false });
  return () => {
    const request = { url: '/', headers: {} };
    handle(request, { end() {}, writeHead() {}, setHeader() {}, getHeader() {} }, () => {});
    return request.sessionID;
  };
}

/** The id of a BullMQ worker, from which it makes its lock tokens. It comes from crypto.randomUUID. */
function bullmqId({ Worker }) {
  return () => {
    const { Redis } = require('ioredis');
    const connection = new Redis({ lazyConnect: true, maxRetriesPerRequest: null });
    connection.on('error', () => {});
    const worker = new Worker('queue', undefined, { connection, autorun: false });
    worker.on('error', () => {});
    return worker.id;
  };
}

function pinoPid(pino) {
  return () => {
    let line = '';
    pino({}, { write: (text) => (line = text) }).info('hello');
    return JSON.parse(line).pid;
  };
}
