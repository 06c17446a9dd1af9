import { Signer, type SignerConfig } from '@aws-sdk/rds-signer'
import { given } from '#core/given.ts'
import { awsError } from './errors.ts'

/** Who signs in to which database of RDS. */
export interface DatabaseAccess {
  readonly host: string
  readonly port: number
  readonly user: string
  /** What the SDK's default chain says where undefined. */
  readonly region?: string | undefined
  /** The SDK's default chain where undefined. */
  readonly credentials?: SignerConfig['credentials']
}

/** A token that RDS takes for a password for 15 minutes; signed here, so that no request is made for it. Throws `denied`. */
export async function rdsToken({ host, port, user, region, credentials }: DatabaseAccess): Promise<string> {
  try {
    const signer = new Signer({ hostname: host, port, username: user, ...given({ region, credentials }) })
    return await signer.getAuthToken()
  } catch (error) {
    throw awsError(error, { action: 'rds-db:connect', resource: `${user}@${host}` })
  }
}
