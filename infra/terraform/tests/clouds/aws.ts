import type { CloudModule } from '../cloud.ts'
import { MUTATIONS } from '../mutations/aws.ts'
import { permissionProblems } from '../permissions-aws.ts'
import { SAMPLES } from '../samples/aws.ts'

export const AWS: CloudModule = { cloud: 'aws', samples: SAMPLES, mutations: MUTATIONS, permissionProblems }
