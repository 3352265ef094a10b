import { describeRows } from './describe-rows.ts';

describeRows('fresh mold', []);
