output "credence_config" {
  description = "credence.yaml: terraform output -raw credence_config."
  value       = module.credence.credence_config
}

output "role_arns" {
  description = "The role of each service."
  value       = module.credence.role_arns
}

output "subnet_ids" {
  description = "Private subnets for the cluster's nodes."
  value       = module.credence.subnet_ids
}

output "vpc_id" {
  description = "The network, for a workplace."
  value       = module.credence.vpc_id
}

output "security_group_id" {
  description = "What the services wear."
  value       = module.credence.security_group_id
}

output "database_users" {
  description = "Whom each service signs in to PostgreSQL as."
  value       = module.credence.database_users
}

output "catalog_roles" {
  description = "SQL for PostgreSQL's administrator: terraform output -raw catalog_roles."
  value       = module.credence.catalog_roles
}

output "helm_values" {
  description = "Values for deploy/chart: terraform output -raw helm_values > values.yaml."
  value       = module.credence.helm_values
}
