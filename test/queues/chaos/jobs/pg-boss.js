import { PgBoss } from 'pg-boss';
import { mail } from './mail/pg-boss.js';

export default (context) => mail(PgBoss, context);
