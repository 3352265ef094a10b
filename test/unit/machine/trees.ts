import { application, type Files } from '../../support/application.ts';

/** A root directory as a process sees it: system files with these values, and other files. All others are missing. */
interface Tree {
  /** Memory of the machine, MB. */
  physical?: number;
  /** Cpus_allowed_list */
  allowed?: string;
  /** `ulimit -u` */
  processes?: number | 'unlimited';
  /** `ulimit -n` */
  descriptors?: number | 'unlimited';
  /** Content of /proc/self/cgroup. */
  cgroup?: string;
  files?: Files;
}

export function tree({
  physical,
  allowed,
  processes,
  descriptors = 10_000,
  cgroup,
  files = {},
}: Tree): Promise<string> {
  const proc: Files = {};
  if (physical !== undefined) proc['proc/meminfo'] = `MemTotal:       ${physical * 1024} kB\nMemFree:  1 kB\n`;
  if (allowed !== undefined) {
    proc['proc/self/status'] =
      `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\nMems_allowed_list:\t0\n`;
  }
  if (processes !== undefined) {
    proc['proc/self/limits'] =
      'Limit                     Soft Limit           Hard Limit           Units     \n' +
      `Max processes             ${processes}                  4096                 processes \n` +
      `Max open files            ${descriptors}                1048576              files     \n`;
  }
  if (cgroup !== undefined) proc['proc/self/cgroup'] = cgroup;
  return application({ ...proc, ...files });
}

/** A Cedar dyno: no cgroup version 2, and one file of version 1. */
export function cedar(bytes: number, seen: number, processes: number, files: Files = {}): Promise<string> {
  return tree({
    physical: 255_000,
    allowed: `0-${seen - 1}`,
    processes,
    cgroup: '0::/\n',
    files: { 'sys/fs/cgroup/memory/memory.limit_in_bytes': `${bytes}\n`, ...files },
  });
}

/** A Fir dyno: cgroup version 2, with all cores of the host visible. */
export function fir(bytes: number, cpuMax: string, files: Files = {}): Promise<string> {
  return tree({
    physical: 380_000,
    allowed: '0-47',
    cgroup: '0::/\n',
    files: {
      'sys/fs/cgroup/memory.max': `${bytes}\n`,
      'sys/fs/cgroup/cpu.max': `${cpuMax}\n`,
      ...files,
    },
  });
}

/** Node's own figures for the host, all higher than in these trees. */
export const HOST = { cores: 96, usableCores: 96, memory: 400_000 * 1024 ** 2 };
