import { PRINCIPALS } from '../../../permissions/entry.ts'
import { ACCOUNT, OTHER, TLS, type Places } from './aws-places.ts'
import type { Asked } from './aws-world.ts'

/** Who has a role and pods. */
export const PODS: readonly string[] = [...Object.keys(PRINCIPALS), 'secrets']

type Start = readonly [what: string, asked: Asked, expected: boolean]

/** Pods that become services, and services of AWS that act for somebody. */
export function podsAndServices({ roleArn, trail }: Places): Start[] {
  const region = 'eu-central-1'
  const pods = (role: string, context: Asked['context'], expected: boolean): Start => [
    `sts:AssumeRole of ${role} by a pod with ${JSON.stringify(context)}`,
    {
      caller: { arn: null, account: null, service: 'pods.eks.amazonaws.com' },
      role: null,
      account: ACCOUNT,
      action: 'sts:AssumeRole',
      resource: roleArn(role),
      about: `trust of ${role}`,
      context: {
        'aws:SourceAccount': ACCOUNT,
        'aws:SourceArn': `arn:aws:eks:${region}:${ACCOUNT}:cluster/training`,
        'aws:RequestTag/kubernetes-namespace': 'credence',
        'aws:RequestTag/kubernetes-service-account': `credence-test-${role}`,
        ...context,
      },
    },
    expected,
  ]
  const issuer = `oidc.eks.${region}.amazonaws.com/id/ABCDEF0123456789`
  const web = (role: string, context: Asked['context'], expected: boolean, provider = issuer): Start => [
    `sts:AssumeRoleWithWebIdentity of ${role} with ${JSON.stringify(context)} of ${provider}`,
    {
      caller: { arn: null, account: null, federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${provider}` },
      role: null,
      account: ACCOUNT,
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: roleArn(role),
      about: `trust of ${role}`,
      context: {
        [`${issuer}:aud`]: 'sts.amazonaws.com',
        [`${issuer}:sub`]: `system:serviceaccount:credence:credence-test-${role}`,
        ...context,
      },
    },
    expected,
  ]
  const writes = (source: string, expected: boolean): Start => [
    `s3:PutObject into the trail for ${source}`,
    {
      caller: { arn: null, account: null, service: 'cloudtrail.amazonaws.com' },
      role: null,
      account: ACCOUNT,
      action: 's3:PutObject',
      resource: `${trail}/AWSLogs/${ACCOUNT}/x1`,
      about: trail,
      context: { ...TLS, 'aws:SourceArn': source },
    },
    expected,
  ]
  return PODS.flatMap((role): Start[] => [
    pods(role, {}, true),
    pods(role, { 'aws:RequestTag/kubernetes-service-account': 'default' }, false),
    pods(
      role,
      { 'aws:RequestTag/kubernetes-service-account': `credence-test-${role === 'scan' ? 'encrypt' : 'scan'}` },
      false,
    ),
    pods(role, { 'aws:RequestTag/kubernetes-namespace': 'default' }, false),
    pods(role, { 'aws:SourceArn': `arn:aws:eks:${region}:${ACCOUNT}:cluster/another` }, false),
    pods(role, { 'aws:SourceAccount': OTHER }, false),
    web(role, {}, true),
    web(role, { [`${issuer}:sub`]: 'system:serviceaccount:credence:default' }, false),
    web(role, { [`${issuer}:sub`]: `system:serviceaccount:default:credence-test-${role}` }, false),
    web(role, { [`${issuer}:aud`]: 'somebody else' }, false),
    web(role, {}, false, 'oidc.example.org/id/X'),
  ]).concat([
    writes(`arn:aws:cloudtrail:${region}:${ACCOUNT}:trail/credence-test-trail`, true),
    writes(`arn:aws:cloudtrail:${region}:${OTHER}:trail/credence-test-trail`, false),
    writes(`arn:aws:cloudtrail:${region}:${ACCOUNT}:trail/another`, false),
  ])
}
