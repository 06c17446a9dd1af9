import { accessProblems } from '../access/access-gcp.ts'
import { alarmProblems } from '../access/alarms-gcp.ts'
import type { CloudModule } from '../cloud.ts'
import { networkOf } from '../diagrams/gcp.ts'
import { GCP_KEPT } from '../mutations/kept.ts'
import { MUTATIONS } from '../mutations/gcp.ts'
import { SETTINGS_GCP } from '../mutations/settings.ts'
import { permissionProblems } from '../permissions-gcp.ts'
import { ENVIRONMENTS, GIVEN, SAMPLES } from '../samples/gcp.ts'

export const GCP: CloudModule = {
  cloud: 'gcp',
  samples: SAMPLES,
  environments: ENVIRONMENTS,
  mutations: [...MUTATIONS, ...GCP_KEPT, ...SETTINGS_GCP],
  networkOf,
  permissionProblems: (evaluated) => permissionProblems(evaluated, GIVEN),
  behaviourProblems: (evaluated) => [...accessProblems(evaluated), ...alarmProblems(evaluated.resources)],
}
