import { createRequire } from 'node:module'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  status,
  type GrpcObject,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceClientConstructor,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import { CallBook, LOOPBACK, type Emulator, type EmulatorOptions, type Fault } from './emulator.ts'
import { KmsFailure, notEnabled, type KmsState } from './gcp-kms/keys.ts'
import { METHODS, type Damage, type KmsMethod, type KmsRequest, type KmsSettings } from './gcp-kms/methods.ts'
import { openState } from './state-file.ts'

export interface GcpKmsEmulator extends Emulator {
  /** The next encryption or decryption is damaged on the way like this. */
  damageNext(damage: Damage): void
}

export type GcpKmsEmulatorOptions = EmulatorOptions & Partial<Pick<KmsSettings, 'generationLooks'>>

/** Cloud KMS over gRPC, without TLS: symmetric keys with versions, a primary one, states, checksums both ways. */
export async function startGcpKms(options: GcpKmsEmulatorOptions = {}): Promise<GcpKmsEmulator> {
  const { port = 0, host = LOOPBACK, folder, generationLooks = 0 } = options
  const book = new CallBook()
  const file = openState<KmsState>(folder, 'gcp-kms', { rings: [], keys: {} })
  let damage: Damage | null = null
  const takeDamage = () => {
    const now = damage
    damage = null
    return now
  }
  const sockets = new Set<Socket>()
  const tear = (peer: string) => {
    for (const socket of sockets) if (peer.endsWith(`:${socket.remotePort}`)) socket.resetAndDestroy()
  }

  const serve =
    ({ permission, resource, run }: KmsMethod) =>
    (call: ServerUnaryCall<KmsRequest, object>, callback: sendUnaryData<object>): void => {
      try {
        const on = resource(call.request)
        const fault = book.note(permission, on)
        if (fault === 'torn') return tear(call.getPeer())
        if (fault !== null && fault !== 'torn_after') throw faultError(fault, permission, on)
        const answer = run(file.state, call.request, { generationLooks, takeDamage })
        file.save()
        if (fault === 'torn_after') tear(call.getPeer())
        else callback(null, answer)
      } catch (error) {
        callback(error instanceof KmsFailure ? error : new KmsFailure(status.INTERNAL, String(error)))
      }
    }

  const server = new Server()
  const handlers: UntypedServiceImplementation = {}
  for (const [name, method] of Object.entries(METHODS)) handlers[name] = serve(method)
  server.addService(loadService(), handlers)
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    injector.injectConnection(socket)
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, host, resolve)
  })

  return {
    endpoint: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    calls: book.calls,
    inject: (fault) => book.inject(fault),
    clearFaults: () => book.clearFaults(),
    damageNext(next) {
      damage = next
    },
    async close() {
      injector.destroy()
      server.forceShutdown()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

/** The service, from the definitions that the official client ships; their fields are in camel case already. */
function loadService() {
  const load = createRequire(import.meta.url)
  const json = load('@google-cloud/kms/build/protos/protos.json') as Parameters<typeof fromJSON>[0]
  const definition = fromJSON(json, {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    arrays: true,
    oneofs: true,
  })
  let at: GrpcObject = loadPackageDefinition(definition)
  for (const part of ['google', 'cloud', 'kms', 'v1']) at = at[part] as GrpcObject
  return (at['KeyManagementService'] as ServiceClientConstructor).service
}

function faultError(
  kind: Exclude<Fault['kind'], 'torn' | 'torn_after'>,
  permission: string,
  resource: string,
): KmsFailure {
  switch (kind) {
    case 'throttled':
      return new KmsFailure(status.RESOURCE_EXHAUSTED, `Quota exceeded for quota metric 'Cryptographic requests'.`)
    case 'unavailable':
      return new KmsFailure(status.UNAVAILABLE, 'The service is currently unavailable.')
    case 'denied':
      return new KmsFailure(
        status.PERMISSION_DENIED,
        `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
      )
    case 'disabled':
      return notEnabled(resource, 'DISABLED')
    case 'destroyed':
      return notEnabled(resource, 'DESTROYED')
  }
}
