export interface ConfOptions {
  clusterId: string;
  /** The run's folder as the daemons see it, inside their root. */
  dir: string;
  monPort: number;
  gatewayPort: number;
}

/** One monitor, one in-memory OSD, one gateway, all on loopback and without authentication between them. */
export function cephConf({ clusterId, dir, monPort, gatewayPort }: ConfOptions): string {
  return `[global]
fsid = ${clusterId}
mon_host = [v2:127.0.0.1:${monPort}]
public_network = 127.0.0.0/8
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# Without this line and with authentication off, radosgw waits for the monitor for ever.
ms_mon_client_mode = crc
run_dir = ${dir}
admin_socket = ${dir}/$name.asok
pid_file = ${dir}/$name.pid
log_file = ${dir}/$name.log
crash_dir = ${dir}
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_crush_chooseleaf_type = 0
# The gateway makes its pools one by one, and each waits for a proposal: 12 s of start at the default of 1 s, 1 s here.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
# Some starts wait for the monitor to look round, every 5 s by default.
mon_tick_interval = 1
[mon.a]
mon_data = ${dir}/mon
[osd.0]
osd_data = ${dir}/osd
osd_objectstore = memstore
# A bound, not a reservation; 1 GiB by default, which one large backup fills.
memstore_device_bytes = ${16 * 2 ** 30}
[client.rgw]
rgw_data = ${dir}/rgw
# What is deleted makes room at once, not after two hours.
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 1
rgw_gc_processor_max_time = 1
# Without it every answer waits 40 ms for the acknowledgement of its own head.
rgw_frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
# For tests of server-side encryption: a key store with one key, named testkey-1, and SSE-C over plain HTTP.
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
rgw_crypt_s3_kms_encryption_keys = testkey-1=${Buffer.alloc(32, 'k').toString('base64')}
`;
}
