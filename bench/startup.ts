import { spawnSync } from 'node:child_process';
import type { Benchmark, Line } from './harness/benchmark.ts';
import { interleaved, type Work } from './harness/measure.ts';
import { BIN, findProgram, findRestatectl, HOW_TO_GET } from './harness/programs.ts';

const GOAL = 1.5;

/** How long the shortest commands take, from fork to exit. */
export const startup: Benchmark = {
  name: 'startup',
  async run({ quick }) {
    const etcdctl = findProgram('etcdctl');
    const restatectl = findRestatectl();
    const works = [
      starting('node -e 0', process.execPath, '-e', '0'),
      starting('vlog-dr --version', process.execPath, BIN, '--version'),
      starting('vlog-dr --help', process.execPath, BIN, '--help'),
      ...(etcdctl === undefined ? [] : [starting('etcdctl version', etcdctl, 'version')]),
      ...(restatectl === undefined ? [] : [starting('restatectl --version', restatectl, '--version')]),
    ];
    const found = await interleaved(works, { rounds: quick ? 3 : 41 });
    const lines = ['vlog-dr --version', 'vlog-dr --help'].flatMap((what): Line[] => {
      const ours = found.get(what);
      if (ours === undefined) return [];
      return [...found]
        .filter(([name]) => !name.startsWith('vlog-dr'))
        .map(([name, measured]) => {
          const ratio = ours.median / measured.median;
          const isGoal = name === 'node -e 0';
          return {
            ...{ what, ours, peer: { name, measured }, ratio },
            ...(isGoal && { goal: { says: `≤ ${GOAL} ×`, met: ratio <= GOAL } }),
          };
        });
    });
    const missing = [
      ...(etcdctl === undefined ? [HOW_TO_GET.etcdctl] : []),
      ...(restatectl === undefined ? [HOW_TO_GET.restatectl] : []),
    ];
    return { lines, missing: missing.filter((one) => one !== undefined) };
  },
};

function starting(name: string, path: string, ...args: string[]): Work {
  return {
    name,
    run: async () => {
      const began = performance.now();
      const { status, error } = spawnSync(path, args, { stdio: 'ignore' });
      if (status !== 0) throw error ?? new Error(`${name}: exit ${status}`);
      return performance.now() - began;
    },
  };
}
