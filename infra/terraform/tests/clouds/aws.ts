import { accessProblems } from '../access/access-aws.ts'
import { alarmProblems } from '../access/alarms-aws.ts'
import type { CloudModule } from '../cloud.ts'
import { networkOf } from '../diagrams/aws.ts'
import { AWS_BESIDE } from '../mutations/beside.ts'
import { AWS_KEPT } from '../mutations/kept.ts'
import { MUTATIONS } from '../mutations/aws.ts'
import { AWS_PASSED } from '../mutations/passed-aws.ts'
import { AWS_JUDGED } from '../mutations/judged.ts'
import { SETTINGS_AWS } from '../mutations/settings.ts'
import { AWS_WRITTEN } from '../mutations/written.ts'
import { ALWAYS, CHOSEN, permissionProblems } from '../permissions-aws.ts'
import { ENVIRONMENTS, FEDERATIONS, SAMPLES, SHAPES } from '../samples/aws.ts'

const GIVEN = { options: [...ALWAYS, ...CHOSEN], prefix: 'team/credence/', federations: FEDERATIONS }

export const AWS: CloudModule = {
  cloud: 'aws',
  samples: SAMPLES,
  shapes: SHAPES,
  environments: ENVIRONMENTS,
  mutations: [...MUTATIONS, ...AWS_KEPT, ...SETTINGS_AWS, ...AWS_PASSED, ...AWS_BESIDE, ...AWS_WRITTEN, ...AWS_JUDGED],
  networkOf,
  permissionProblems: (evaluated) => permissionProblems(evaluated, GIVEN),
  behaviourProblems: (evaluated) => [...accessProblems(evaluated, GIVEN), ...alarmProblems(evaluated.resources)],
}
