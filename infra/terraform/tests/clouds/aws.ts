import type { CloudModule } from '../cloud.ts'
import { MUTATIONS } from '../mutations/aws.ts'
import { permissionProblems } from '../permissions-aws.ts'
import { ENVIRONMENTS, SAMPLES } from '../samples/aws.ts'

export const AWS: CloudModule = {
  cloud: 'aws',
  samples: SAMPLES,
  environments: ENVIRONMENTS,
  mutations: MUTATIONS,
  permissionProblems,
}
