// Runs the jobs of the bench in a worker that swarm drains.
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { openLink } from '../../app/link.js';
import { warmUp as warm } from '../../app/warm.js';
import { perform } from '../../app/work.js';

export const warmUp = process.env.WARM_UP ? warm : undefined;

/** The number of jobs in this process and in all of its ancestors. */
let number = 0;

export default function main() {
  return openLink({
    async run({ jobs }) {
      const cpu = [];
      for (let done = 0; done < jobs; done += 1, number += 1) {
        const before = process.cpuUsage();
        await perform(number);
        const { user, system } = process.cpuUsage(before);
        cpu.push((user + system) / 1000);
        await yieldToOthers();
      }
      return { cpu };
    },
  });
}
