/** `etcd+http://host:port,host:port/prefix` (or `etcd+https`): an etcd where one address must name it. */
export interface EtcdAddress {
  readonly endpoints: readonly string[];
  /** Begins with a slash and ends without one; absent for the cluster's own. */
  readonly prefix?: string;
}

export function isEtcdAddress(text: string): boolean {
  return /^etcd\+https?:\/\//.test(text);
}

/** `undefined` when it is not one. */
export function parseEtcdAddress(text: string): EtcdAddress | undefined {
  const found = /^etcd\+(https?):\/\/([^/?#@]+)(\/[^?#]*)?$/.exec(text);
  if (found === null) return undefined;
  const [, scheme, hosts = '', path = ''] = found;
  const endpoints = hosts.split(',').map((host) => `${scheme}://${host}`);
  if (!endpoints.every((endpoint) => URL.canParse(endpoint))) return undefined;
  const prefix = path.replace(/\/+$/, '');
  return { endpoints, ...(prefix === '' ? {} : { prefix }) };
}
