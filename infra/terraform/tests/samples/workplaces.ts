import type { Samples } from '../translate.ts'

/** One workplace for each cloud that has one, by the folder of its module. */
export const WORKPLACES: Readonly<Record<string, Samples>> = {
  'modules/aws/workplace': {
    variables: {
      vpc_id: 'vpc-credence',
      subnet_id: 'subnet-a',
      security_group_id: 'sg-services',
      reaches: { 'control-plane': { security_group_id: 'sg-cluster', port: 443 } },
      roles: { reviewers: 'reviewers', operators: 'operators' },
    },
    attributes: {
      'data.aws_caller_identity.current': { account_id: '123456789012' },
      'data.aws_partition.current': { partition: 'aws' },
      'data.aws_region.current': { region: 'eu-central-1' },
      'aws_instance.this': { arn: 'arn:aws:ec2:eu-central-1:123456789012:instance/i-0credence' },
    },
  },
  'modules/gcp/workplace': {
    variables: {
      project_id: 'credence-sample',
      zone: 'europe-west3-a',
      network: { network: 'n', subnetwork: 's' },
      people: ['group:reviewers@example.org', 'user:oncall@example.org'],
      access_levels: ['accessPolicies/123456789/accessLevels/office', 'accessPolicies/123456789/accessLevels/home'],
    },
  },
}
