/** Whether what listens there is reached from this machine only. Everything else needs TLS and tokens. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
