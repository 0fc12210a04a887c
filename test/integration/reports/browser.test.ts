import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { htmlPage } from '../../../src/ui/html/page.ts';
import { Reader } from '../../support/browser.ts';
import { CliSandbox } from '../../support/cli.ts';
import { describeWith, requireProgram } from '../../support/programs.ts';
import { saying } from '../../support/report.ts';

/** Names that people gave: without a place to break, and with many; and a command with them. */
const LONG = [
  'orders_eu-west-1_production-cluster-with-a-name-that-someone-chose-0123456789abc',
  '0123456789abcdef'.repeat(5),
  `\`vlog-dr retire ${'0123456789abcdef'.repeat(5)} --destroyed --accept-loss 1\``,
].join(' ');

describeWith('chromium', 'reports, in a real browser', () => {
  let sandbox: CliSandbox;
  let reader: Reader;
  const pages = new Map<string, string>();

  beforeAll(async () => {
    sandbox = await CliSandbox.up('--servers', '5', '--logs', '2');
    reader = await Reader.open(requireProgram('chromium') ?? '');
    await sandbox.must(0, 'sandbox', 'load', '--entries', '600', '--reconfigure-every', '100');
    await sandbox.must(0, 'sandbox', 'kill', 's2');
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const file = sandbox.file('assessment.html');
    await sandbox.here(3, ['assess', '--html', file]);
    pages.set('assess', await readFile(file, 'utf8'));
    const rebuild = ['rebuild-metastore', '--old-metastore-destroyed', '--apply', '--yes'];
    const { runId } = await sandbox.hereJson<{ runId: string }>(0, ...rebuild);
    pages.set('runs show', await sandbox.here(0, ['runs', 'show', runId, '--format', 'html']));
    const markdown = await sandbox.here(0, ['runs', 'show', runId, '--format', 'md']);
    pages.set('markdown', markdown);
    const answers = sandbox.file('answers.yaml');
    await writeFile(answers, 'schemaVersion: 1\nplaybook: logservers-lost\nanswers:\n  back-soon: move\n');
    const led = ['playbook', 'run', 'logservers-lost', '--answers', answers, '--yes'];
    const { runId: playbookRun } = await sandbox.hereJson<{ runId: string }>(3, ...led);
    pages.set(
      'playbook report',
      await sandbox.here(0, ['playbook', 'report', playbookRun, '--format', 'html']),
    );
    const records = sandbox.file('records');
    const drill = ['drill', 'run', 'stuck-log', '--repeat', '2', '--report', records];
    const drilled = await sandbox.hereJson<{ records: readonly string[] }>(0, ...drill);
    pages.set('drill run', await readFile(`${drilled.records[0]}/report.html`, 'utf8'));
    const history = sandbox.file('history.html');
    await sandbox.here(0, ['drill', 'trend', records, '--html', history]);
    pages.set('drill trend', await readFile(history, 'utf8'));
    pages.set('long names', htmlPage(saying(LONG)));
  });
  afterAll(async () => {
    await reader?.close();
    await sandbox?.down();
  });

  for (const name of ['assess', 'runs show', 'playbook report', 'drill run', 'drill trend', 'long names']) {
    it(`${name}: asks for nothing, complains of nothing, light and dark, wide and narrow`, async () => {
      const page = pages.get(name) ?? '';
      const backgrounds = [];
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [1200, 390]) {
          const seen = await reader.look(page, { width, colorScheme });
          const { requests, complaints, overflows, brokenFigures, cut } = seen;
          expect({ requests, complaints, overflows, brokenFigures, cut }).toEqual({
            requests: [],
            complaints: [],
            overflows: false,
            brokenFigures: 0,
            cut: [],
          });
          expect(seen.figures).toBeGreaterThan(0);
          backgrounds.push(seen.background);
        }
      }
      expect(new Set(backgrounds).size).toBe(2);
    });

    it(`${name}: can be printed`, async () => {
      const pdf = await reader.print(pages.get(name) ?? '');
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    });
  }

  it('the run is told with its evidence, its decisions and what comes next', () => {
    const markdown = pages.get('markdown') ?? '';
    const titles = markdown.split('\n').filter((line) => line.startsWith('#'));
    expect(titles).toEqual([
      '# rebuild-metastore of sandbox',
      '## What to do next',
      '## Verdicts',
      '## Log 1',
      '## Log 2',
      '## What was decided',
      '## What was done',
      '## What it rests on',
      '## The plan as it was reviewed',
    ]);
    expect(markdown).toContain('Accepted: `--old-metastore-destroyed`.');
    expect(markdown).toContain('`vlog-dr fence` when s2 answer');
  });
});
