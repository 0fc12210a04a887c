/** What `strace -f` saw of a LogServer, in the order in which calls ended. */
export interface Trace {
  /** Answers to requests, and how many commits were complete when each was written to its socket. */
  readonly replies: readonly { readonly text: string; readonly commits: number }[];
  /** Answers written while data of the store was not flushed, or its root not written durably. */
  readonly unflushed: readonly string[];
}

interface Call {
  readonly name: string;
  readonly args: string;
}

/**
 * A commit of LMDB is: pages written to the data file, `fdatasync`, then the root page through a descriptor that was
 * opened with O_DSYNC. Between the first page and the root nothing may be answered.
 */
export function readTrace(text: string): Trace {
  const data = new Set<string>();
  const durable = new Set<string>();
  const replies: { text: string; commits: number }[] = [];
  let commits = 0;
  const unflushed: string[] = [];
  let dirty: 'clean' | 'written' | 'flushed' = 'clean';
  for (const { name, args } of endedCalls(text)) {
    const fd = /^\d+/.exec(args)?.[0] ?? '';
    if (name === 'openat' && args.includes('data.mdb"')) {
      const opened = / = (\d+)$/.exec(args)?.[1] ?? '';
      if (args.includes('O_DSYNC')) durable.add(opened);
      // What only appends grows the file with zeros that nothing refers to.
      else if (!args.includes('O_APPEND')) data.add(opened);
    } else if (name === 'fdatasync' && data.has(fd) && dirty === 'written') dirty = 'flushed';
    else if (name.includes('write') && durable.has(fd)) {
      if (dirty !== 'flushed') continue;
      dirty = 'clean';
      commits += 1;
    } else if (name.includes('write') && data.has(fd)) dirty = 'written';
    else if (name.includes('write') && args.includes('HTTP/1.1 200')) {
      replies.push({ text: args, commits });
      if (dirty !== 'clean') unflushed.push(args);
    }
  }
  return { replies, unflushed };
}

/** A call that another thread interrupted in the listing comes in two pieces, `unfinished` and `resumed`. */
function* endedCalls(text: string): Iterable<Call> {
  const begun = new Map<string, Call>();
  for (const line of text.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const started = /^(\w+)\((.*)$/.exec(rest);
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    if (started) {
      const call = { name: started[1] ?? '', args: started[2] ?? '' };
      if (call.args.endsWith('<unfinished ...>')) begun.set(pid, call);
      else yield call;
    } else if (resumed) {
      const call = begun.get(pid);
      begun.delete(pid);
      if (call) yield { name: call.name, args: call.args.replace('<unfinished ...>', resumed[2] ?? '') };
    }
  }
}
