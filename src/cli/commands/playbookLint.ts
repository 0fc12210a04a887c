import type { LintedFile } from '../../codec/results/playbook.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { parsePlaybook } from '../../playbook/parse.ts';
import type { CommandModule } from '../app.ts';
import { playbookCommands } from '../playbook/commands.ts';
import { yamlFiles } from '../playbook/library.ts';

/** `playbook lint FILE|DIR…`: everything that is wrong, at once. */
export const run: CommandModule['run'] = async (app, places) => {
  const found: string[] = [];
  for (const place of places) found.push(...(await yamlFiles(app, app.absolute(place))));
  const files: LintedFile[] = [];
  const seen = new Map<string, string>();
  for (const file of found) {
    const { playbook, problems } = parsePlaybook(await app.readText(file), playbookCommands);
    const id = playbook?.id ?? null;
    const other = id === null ? undefined : seen.get(id);
    const twice =
      other === undefined
        ? []
        : [{ path: 'id', expected: `an id that ${other} does not have`, received: `"${id}"` }];
    if (id !== null) seen.set(id, file);
    files.push({ file, id, problems: [...problems, ...twice] });
  }
  const ok = files.every(({ problems }) => problems.length === 0);
  app.out.result({ ok, files }, () =>
    [
      ...files.flatMap(({ file, id, problems }) => [
        problems.length === 0 ? `ok      ${id}  ${file}` : `WRONG   ${file}`,
        ...problems.map(
          ({ path, expected, received }) => `  ${path}: expected ${expected}, received ${received}`,
        ),
      ]),
      ...(files.length === 0 ? ['There is no .yaml file.'] : []),
    ].join('\n'),
  );
  return ok && files.length > 0 ? EXIT.done : EXIT.usage;
};
