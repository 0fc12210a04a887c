import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Puts the program and most of its packages into a few files under `dist/bundle`: a command starts in half the time when
 * Node need not find and read five hundred. Every command still loads only what it uses.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'dist', 'bundle');

/**
 * Compiled programs, and packages that look for files beside their own; then CommonJS packages that the code imports when
 * it needs them: in a file of their own they would be left with `default` alone.
 */
const EXTERNAL = [
  ...['lmdb', '@node-rs/crc32', 'apache-arrow', '@grpc/grpc-js', '@grpc/proto-loader'],
  ...['@aws-sdk/client-s3', 'prom-client'],
];

/** A module that asks where it is gets the place it has in `dist`, as without a bundle: files are found from there. */
const ownPlaces = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta')) return undefined;
      const place = join(ROOT, 'dist', relative(join(ROOT, 'src'), path)).replace(/\.ts$/, '.js');
      const from = (target) => JSON.stringify(relative(OUT, target).replaceAll('\\', '/'));
      const contents = text
        .replaceAll('import.meta.url', `new URL(${from(place)}, import.meta.url).href`)
        .replaceAll('import.meta.dirname', `import.meta.dirname + '/' + ${from(dirname(place))}`);
      return { contents, loader: 'ts' };
    });
  },
};

const leanUndici = {
  name: 'lean-undici',
  setup({ onResolve }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: join(ROOT, '.build', 'undici.cjs') }));
  },
};

rmSync(OUT, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: [join(ROOT, 'src', 'main.ts')],
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  external: EXTERNAL,
  plugins: [ownPlaces, leanUndici],
  // CommonJS packages ask for Node's own modules by `require`; most files never do, and making one takes time.
  banner: {
    js: "import { createRequire as bundledRequire } from 'node:module'; let bundledRequired; const require = (id) => (bundledRequired ??= bundledRequire(import.meta.url))(id);",
  },
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  logLevel: 'warning',
  metafile: true,
});

// What lies in which file: for whoever audits the bundle, and for the test that a short command loads little.
const contents = Object.entries(metafile.outputs)
  .filter(([path]) => path.endsWith('.js'))
  .map(([path, { inputs }]) => [basename(path), Object.keys(inputs).sort()]);
writeFileSync(join(OUT, 'contents.json'), `${JSON.stringify(Object.fromEntries(contents), undefined, 1)}\n`);
