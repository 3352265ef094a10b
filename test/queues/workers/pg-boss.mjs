import { PgBoss } from 'pg-boss';
import { withPgBoss } from './libraries/pg-boss.mjs';

const { main, add } = withPgBoss(PgBoss);

export { add, main as default };
