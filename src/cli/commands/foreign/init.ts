import { decodeNodes } from '../../../codec/restate/decode.ts';
import { draftRestateConfig } from '../../../config/draftRestate.ts';
import { parseConfigText } from '../../../config/parse.ts';
import { EXIT } from '../../../core/errorCatalogue.ts';
import { DrError } from '../../../core/errors.ts';
import type { NodeEvidence } from '../../../core/restate/evidence.ts';
import { NODES, type NodesConfiguration } from '../../../core/restate/values.ts';
import { newestOf } from '../../../operations/foreign/backup/takeSet.ts';
import type { CommandModule } from '../../app.ts';
import { given } from '../init.ts';

/** `init --driver restate`: everything is asked of one node; only the repository is for people to say. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const file = app.absolute(options.text('out') ?? 'vlog-dr.yaml');
  const message = 'Fabric address of any node (http://HOST:5122):';
  const address = await given(app, options, { name: 'address', message });
  const cluster = await app.openForeign(address);
  const looks = await cluster.look();
  const { name, nodes } = whoseIs(address, looks);
  const usesEtcd = !looks.some(
    ({ answer }) => answer.kind === 'answered' && answer.ident.roles.includes('metadata-server'),
  );
  const etcd = options.texts('etcd');
  const endpoints =
    usesEtcd && etcd.length === 0
      ? [
          await given(app, options, {
            name: 'etcd',
            message: 'No node keeps metadata. Address of its etcd (http://HOST:2379):',
          }),
        ]
      : etcd;
  const repository = options.text('repository');
  const text = draftRestateConfig({
    name: options.text('name') ?? name,
    ...(nodes === undefined ? {} : { fingerprint: nodes.fingerprint }),
    addresses: looks.map((look) => look.address),
    nodes: (nodes?.nodes ?? []).map((node) => ({
      name: node.name,
      address: node.address.replace(/\/+$/, ''),
    })),
    etcd: endpoints,
    ...(repository === undefined ? {} : { repository }),
  });
  // What the next command would refuse is not written.
  parseConfigText(text, file);
  await app.writeNewText(file, text);
  const found = { id: nodes?.fingerprint.toString() ?? '', name };
  const logServers = (nodes?.nodes ?? []).map((node) => ({
    id: `N${node.id}`,
    url: node.address,
    location: node.location,
  }));
  app.out.result({ file, cluster: found, logServers }, () =>
    [
      `${file} describes Restate cluster ${name} with ${logServers.length} nodes.`,
      ...(nodes === undefined ? ['No node knows its cluster any more: see docs/operations/restate.md.'] : []),
      `next: vlog-dr doctor --config ${file}`,
    ].join('\n'),
  );
  return EXIT.done;
};

/** Also of nodes that have not joined: they know the name that they are configured with. */
function whoseIs(
  address: string,
  looks: readonly NodeEvidence[],
): { readonly name: string; readonly nodes?: NodesConfiguration } {
  const answers = looks.flatMap(({ answer }) => (answer.kind === 'answered' ? [answer] : []));
  const [first] = answers;
  if (first === undefined) {
    const reason = looks
      .flatMap(({ answer }) => (answer.kind === 'silent' ? [answer.reason] : []))
      .join('; ');
    throw new DrError('E_UNREACHABLE', {
      message: `No Restate node answers at ${address}: ${reason}. No file was written.`,
      hint: 'Give the fabric address of a node (port 5122 unless it is configured otherwise), not that of its admin API.',
    });
  }
  const register = newestOf(answers.map(({ caches }) => caches)).get(NODES);
  const decoded = register && decodeNodes(register.bytes);
  return { name: first.ident.clusterName, ...(decoded?.ok === true ? { nodes: decoded.value } : {}) };
}
