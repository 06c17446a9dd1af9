import { AWS } from '../../infra/terraform/tests/clouds/aws.ts'
import { terraformSuite } from './terraform-suite.ts'

terraformSuite(AWS)
