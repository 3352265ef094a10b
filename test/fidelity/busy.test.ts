import { describeRows } from './describe-rows.ts';

describeRows('busy mold', ['--busy']);
