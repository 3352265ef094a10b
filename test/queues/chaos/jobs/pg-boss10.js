import PgBoss from 'pg-boss10';
import { mail } from './mail/pg-boss.js';

export default (context) => mail(PgBoss, context);
