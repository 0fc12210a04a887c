import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Its own services talk to hosts of their own otherwise, which is what we want to see nobody do. */
const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

interface Found {
  readonly background: string;
  /** Wider than its window: a reader would have to scroll the whole page sideways. */
  readonly overflows: boolean;
  /** Pictures without an area, or without words for those who do not see them. */
  readonly brokenFigures: number;
  readonly figures: number;
  /** Wider than their place: of a table, or of a name in it, only a part is seen. */
  readonly cut: readonly string[];
}

export interface Seen extends Found {
  /** Whatever the page asked for beside itself. */
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
  readonly screenshotBytes: number;
}

/** Runs in the browser: as text, for its world has other types than ours. */
const MEASURE = `(() => {
  const figures = [...document.querySelectorAll('svg[role=img]')];
  const isBroken = (figure) => figure.getBoundingClientRect().height < 20 || !figure.getAttribute('aria-label');
  return {
    background: getComputedStyle(document.body).backgroundColor,
    overflows: document.documentElement.scrollWidth > window.innerWidth,
    brokenFigures: figures.filter(isBroken).length,
    figures: figures.length,
    cut: [...document.querySelectorAll('.wide:has(table), h1, h2, p, li, dd, td, th')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1)
      .map((one) => one.textContent.slice(0, 40)),
  };
})()`;

/** Shows pages in a real browser. */
export class Reader {
  readonly #browser: Browser;
  readonly #dir: string;

  private constructor(browser: Browser, dir: string) {
    this.#browser = browser;
    this.#dir = dir;
  }

  static async open(executablePath: string): Promise<Reader> {
    const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-reader-'));
    return new Reader(await chromium.launch({ executablePath, args: QUIET }), dir);
  }

  async look(html: string, view: { width: number; colorScheme: 'light' | 'dark' }): Promise<Seen> {
    const file = join(this.#dir, 'page.html');
    await writeFile(file, html);
    const { width, colorScheme } = view;
    const page = await this.#browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    try {
      return await this.#see(page, pathToFileURL(file).href);
    } finally {
      await page.close();
    }
  }

  /** Pages of A4 that a printer would get. */
  async print(html: string): Promise<Buffer> {
    const page = await this.#browser.newPage();
    try {
      await page.setContent(html);
      return await page.pdf({ format: 'A4' });
    } finally {
      await page.close();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #see(page: Page, url: string): Promise<Seen> {
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    const found = await page.evaluate<Found>(MEASURE);
    const screenshotBytes = (await page.screenshot({ fullPage: true })).length;
    return { requests: requests.filter((one) => one !== url), complaints, ...found, screenshotBytes };
  }
}
