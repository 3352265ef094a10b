/** The supervisor's own flags go to the processes it makes, as with node:cluster; but one inspector port serves one. */
export function nodeFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
}
