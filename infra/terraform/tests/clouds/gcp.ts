import type { CloudModule } from '../cloud.ts'
import { MUTATIONS } from '../mutations/gcp.ts'
import { permissionProblems } from '../permissions-gcp.ts'
import { ENVIRONMENTS, GIVEN, SAMPLES } from '../samples/gcp.ts'

export const GCP: CloudModule = {
  cloud: 'gcp',
  samples: SAMPLES,
  environments: ENVIRONMENTS,
  mutations: MUTATIONS,
  permissionProblems: (evaluated) => permissionProblems(evaluated, GIVEN),
}
