/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access -- a file that is weakened may say anything */

/** `[what is lost, how, what is said]`. */
export type WeakenedCompose = readonly [name: string, weaken: (file: any) => void, says: string]

const on = (service: string, key: string, value: unknown) => (file: any) => {
  file.services[service][key] = value
}
const environment = (name: string, value: string) => (file: any) => {
  file.services.scan.environment[name] = value
}

export const WEAKENED_COMPOSE: readonly WeakenedCompose[] = [
  ['the root is written', on('scan', 'read_only', false), 'scan: writes to its root'],
  ['capabilities are kept', on('scan', 'cap_drop', ['NET_RAW']), 'scan: keeps capabilities'],
  ['a capability is added', on('scan', 'cap_add', ['SYS_PTRACE']), 'scan: says cap_add'],
  ['everything is allowed', on('redis', 'privileged', true), 'redis: says privileged'],
  ['rights are gained', on('scan', 'security_opt', []), 'scan: is held by'],
  [
    'every system call',
    on('scan', 'security_opt', ['no-new-privileges:true', 'seccomp:unconfined']),
    'seccomp:unconfined',
  ],
  ['no profile', on('scan', 'security_opt', ['no-new-privileges:true', 'apparmor:unconfined']), 'apparmor:unconfined'],
  ['root', on('scan', 'user', '0:0'), 'scan: runs as 0:0'],
  ['root’s group', on('scan', 'user', '65532:0'), 'scan: runs as 65532:0'],
  ['a user of the system', on('scan', 'user', '1:1'), 'scan: runs as 1:1'],
  ['whoever the image says', on('postgres', 'user', undefined), 'postgres: runs as undefined'],
  ['more groups', on('scan', 'group_add', ['0']), 'scan: says group_add'],
  ['processes of the machine', on('scan', 'pid', 'host'), 'scan: says pid'],
  ['memory of the machine', on('scan', 'ipc', 'host'), 'scan: says ipc'],
  ['users of the machine', on('scan', 'userns_mode', 'host'), 'scan: says userns_mode'],
  ['the network of the machine', on('scan', 'network_mode', 'host'), 'scan: says network_mode'],
  ['a device', on('scan', 'devices', ['/dev/mem']), 'scan: says devices'],
  ['settings of the kernel', on('scan', 'sysctls', { 'net.ipv4.ip_forward': 1 }), 'scan: says sysctls'],
  ['another program', on('scan', 'entrypoint', ['/bin/sh']), 'scan: says entrypoint'],
  ['names lead elsewhere', on('scan', 'extra_hosts', ['kms:6.6.6.6']), 'scan: says extra_hosts'],
  ['another resolver', on('scan', 'dns', ['6.6.6.6']), 'scan: says dns'],
  ['variables of a file', on('scan', 'env_file', ['.env']), 'scan: says env_file'],
  ['volumes of another', on('scan', 'volumes_from', ['postgres']), 'scan: says volumes_from'],
  ['somebody’s image', on('postgres', 'image', 'evil.example.com/postgres:17.7-trixie'), 'postgres: its image is evil'],
  ['the latest image', on('redis', 'image', 'redis:latest'), 'redis: its image is redis:latest'],
  ['built from above', (file) => (file.services.scan.build.context = '..'), 'scan: is built from ..'],
  ['all processors', (file) => (file.services.seed.deploy.resources.limits.cpus = '64'), 'seed: takes 64 of cpus'],
  ['all memory', (file) => (file.services.seed.deploy.resources.limits.memory = '512g'), 'of memory'],
  ['any number of processes', (file) => (file.services.seed.deploy.resources.limits.pids = -1), 'takes -1 of pids'],
  ['no limit', (file) => delete file.services.seed.deploy, 'seed: takes 0 of memory'],
  ['no log', on('scan', 'logging', { driver: 'none' }), 'scan: logs nothing'],
  ['a log without an end', on('scan', 'logging', { driver: 'json-file' }), 'scan: logs nothing, or without an end'],
  ['metrics for everybody', on('scan', 'ports', ['8120-8129:8080']), 'scan: is reached from outside'],
  ['metrics on every address', on('scan', 'ports', ['0.0.0.0:8120-8129:8080']), 'scan: is reached from outside'],
  ['a database on this machine', on('postgres', 'ports', ['127.0.0.1:5432:5432']), 'postgres: is reached from outside'],
  ['a key service at a port of health', on('kms', 'ports', ['127.0.0.1:8110:8080']), 'kms: is reached from outside'],
  [
    'a way out for the database',
    on('postgres', 'networks', ['pipeline', 'health']),
    'postgres: is in the network health',
  ],
  [
    'a way out for the operator',
    on('operator', 'networks', ['pipeline', 'outside']),
    'operator: is in the network outside',
  ],
  ['the network that leads outside', on('s3', 'networks', undefined), 's3: is in the network that leads outside'],
  ['the network leads outside', (file) => (file.networks.pipeline.internal = false), 'networks lead elsewhere'],
  ['one network more', (file) => (file.networks.outside = {}), 'networks lead elsewhere'],
  [
    'another network of that name',
    (file) => (file.networks.health = { external: true, name: 'host' }),
    'networks lead elsewhere',
  ],
  [
    'a volume is the machine’s',
    (file) => (file.volumes.s3 = { driver_opts: { type: 'none', o: 'bind', device: '/' } }),
    'the volume s3',
  ],
  ['the engine’s socket', on('scan', 'volumes', ['/var/run/docker.sock:/var/run/docker.sock:ro']), 'mounts /var/run'],
  ['the whole repository', on('scan', 'volumes', ['./:/etc/credence:ro']), 'mounts ./'],
  [
    'configuration is written',
    on('scan', 'volumes', ['./deploy/compose/pipeline:/etc/credence']),
    'scan: writes to ./deploy',
  ],
  ['the home of whoever starts it', on('scan', 'volumes', ['~/.aws:/home/nonroot/.aws:ro']), 'mounts ~/.aws'],
  [
    'what is written to /tmp runs',
    on('scan', 'tmpfs', ['/tmp:size=64m,mode=1777,exec,nosuid,nodev']),
    'scan: has /tmp',
  ],
  ['rights by a file of /tmp', on('scan', 'tmpfs', ['/tmp:size=64m,mode=1777,noexec,nodev']), 'scan: has /tmp'],
  [
    'memory for files elsewhere',
    on('scan', 'tmpfs', ['/app:size=64m,mode=1777,noexec,nosuid,nodev']),
    'scan: has /app',
  ],
  ['code by a variable', environment('NODE_OPTIONS', '--require /tmp/x.js'), 'NODE_OPTIONS is none of its variables'],
  ['certificates are not verified', environment('NODE_TLS_REJECT_UNAUTHORIZED', '0'), 'is none of its variables'],
  [
    'whoever comes is let in',
    (file) => (file.services.postgres.environment.POSTGRES_HOST_AUTH_METHOD = 'trust'),
    'is none of its variables',
  ],
  [
    'a key that is somebody’s',
    environment('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG'),
    'AWS_SECRET_ACCESS_KEY holds a secret',
  ],
  [
    'a key in a connection string',
    environment('CREDENCE_EVENTHUBS', 'Endpoint=sb://x;SharedAccessKey=abc'),
    'holds a secret',
  ],
  ['a password in a URL', environment('CREDENCE_CATALOG', 'postgresql://me:hunter2@db/credence'), 'holds a secret'],
  ['a password', environment('CREDENCE_REDIS_PASSWORD', 'hunter2'), 'holds a secret'],
  ['it is well whatever happens', (file) => (file.services.redis.healthcheck.test = ['CMD', 'true']), 'well whatever'],
  [
    'a shell says whether it is well',
    (file) => (file.services.redis.healthcheck.test = ['CMD-SHELL', 'exit 0', 'x']),
    'well whatever',
  ],
  ['Redis is for everybody', (file) => file.services.redis.command.push('--protected-mode', 'no'), 'is started with'],
  [
    'an emulator with its debugger',
    (file) => file.services.kms.command.unshift('--inspect=0.0.0.0'),
    'is started with',
  ],
  ['another file is included', (file) => (file.include = ['../evil.yml']), 'the file says include'],
]
