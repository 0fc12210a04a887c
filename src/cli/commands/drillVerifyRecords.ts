import { EXIT } from '../../core/errorCatalogue.ts';
import { checkRecords } from '../../drill/record/read.ts';
import type { CommandModule } from '../app.ts';
import { usageError } from '../options.ts';

/** `drill verify-records DIR`: exit 4 where a record is not what was written. */
export const run: CommandModule['run'] = async (app, [directory = '']) => {
  const checked = await checkRecords(app.absolute(directory));
  if (checked.length === 0) throw usageError(`${directory} holds no record of a drill.`);
  const records = checked.map(({ record, problems }) => ({
    record,
    ok: problems.length === 0,
    problems: [...problems],
  }));
  const ok = records.every((one) => one.ok);
  app.out.result({ ok, records }, () =>
    [
      ...records.flatMap((one) =>
        one.ok
          ? [`ok       ${one.record}`]
          : one.problems.map((problem) => `CHANGED  ${one.record}: ${problem}`),
      ),
      '',
      ok
        ? `${records.length} records, each as it was written, none missing between them.`
        : 'Not all records are what was written: do not rely on them.',
    ].join('\n'),
  );
  return ok ? EXIT.done : EXIT.refused;
};
