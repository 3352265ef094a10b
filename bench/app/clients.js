// Clients that an application creates once, when it loads. None opens a connection: the bench excludes the network.
import { S3Client } from '@aws-sdk/client-s3';
import axios from 'axios';
import { UnrecoverableError } from 'bullmq';
import express from 'express';
import { Redis } from 'ioredis';
import knex from 'knex';
import pg from 'pg';
import { destination, pino } from 'pino';
import Stripe from 'stripe';

export const logger = pino(destination('/dev/null'));

/** Parses amounts, which the database returns as strings, into cents. */
pg.types.setTypeParser(pg.types.builtins.NUMERIC, (text) => Math.round(Number(text) * 100));
export const database = knex({ client: 'pg', connection: 'postgres://localhost/bench' });

export const redis = new Redis({ lazyConnect: true });

export const stripe = new Stripe('sk_test_bench');
export const STRIPE_SECRET = 'whsec_bench';

/** The whole SDK runs, but the request does not leave the process. */
export const s3 = new S3Client({
  region: 'eu-west-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  requestHandler: {
    handle: async () => ({ response: { statusCode: 200, headers: { etag: '"0"' }, body: undefined } }),
    httpHandlerConfigs: () => ({}),
    updateHttpClientConfig() {},
    destroy() {},
  },
});

export const warehouse = axios.create({
  baseURL: 'http://warehouse.invalid/',
  adapter: async (config) => ({ data: config.data, status: 200, statusText: 'OK', headers: {}, config }),
});

/** The worker's health check. */
export const health = express().get('/health', (_request, response) => response.json({ ok: true }));

/** An error after which BullMQ does not retry a job. */
export function reject(reason) {
  return new UnrecoverableError(reason);
}
