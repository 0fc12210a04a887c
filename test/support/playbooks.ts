import { readdirSync, readFileSync } from 'node:fs';
import { playbookCommands } from '../../src/cli/playbook/commands.ts';
import type { Playbook } from '../../src/codec/playbook.ts';
import { parsePlaybook } from '../../src/playbook/parse.ts';

const DIRECTORY = new URL('../../playbooks/', import.meta.url);

/** The playbooks that come with the program, by the name of their file. */
export function shippedPlaybooks(): ReadonlyMap<string, Playbook> {
  return new Map(
    readdirSync(DIRECTORY).map((file): [string, Playbook] => {
      const { playbook, problems } = parsePlaybook(shippedText(file), playbookCommands);
      if (playbook === undefined) throw new Error(`${file}: ${JSON.stringify(problems)}`);
      return [file, playbook];
    }),
  );
}

export function shippedText(file: string): string {
  return readFileSync(new URL(file, DIRECTORY), 'utf8');
}
