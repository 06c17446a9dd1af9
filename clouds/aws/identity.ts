import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts'
import { clientSettings, httpHandler, type AwsAccess } from './client.ts'

const LIMITS = { connectMs: 5_000, answerMs: 10_000 }

/** The caller's ARN in AWS; null if the service names nobody. Throws what the SDK throws. */
export async function callerIdentity(
  access: AwsAccess<NonNullable<STSClientConfig['credentials']>>,
): Promise<string | null> {
  const sts = new STSClient({ ...clientSettings(access), requestHandler: httpHandler(LIMITS) })
  try {
    const { Arn: arn } = await sts.send(new GetCallerIdentityCommand({}))
    return arn ?? null
  } finally {
    sts.destroy()
  }
}
