import { Signer, type SignerConfig } from '@aws-sdk/rds-signer'
import { given } from '#core/given.ts'
import { awsError } from './errors.ts'

/** The user and the RDS database to sign in to. */
export interface DatabaseAccess {
  readonly host: string
  readonly port: number
  readonly user: string
  /** If undefined, by the SDK's default chain. */
  readonly region?: string | undefined
  /** If undefined, the SDK's default chain. */
  readonly credentials?: SignerConfig['credentials']
}

/** A token that RDS accepts as a password for 15 minutes. It is signed locally, without a request. Throws `denied`. */
export async function rdsToken({ host, port, user, region, credentials }: DatabaseAccess): Promise<string> {
  try {
    const signer = new Signer({ hostname: host, port, username: user, ...given({ region, credentials }) })
    return await signer.getAuthToken()
  } catch (error) {
    throw awsError(error, { action: 'rds-db:connect', resource: `${user}@${host}` })
  }
}
