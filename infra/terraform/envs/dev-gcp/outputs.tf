output "credence_config" {
  description = "A credence.yaml: terraform output -raw credence_config."
  value       = module.credence.credence_config
}

output "secrets" {
  description = "Which secret each variable of the configuration's environment comes from."
  value       = module.credence.secrets
}

output "authorities" {
  description = "Certificates for NODE_EXTRA_CA_CERTS."
  value       = module.credence.authorities
}

output "service_accounts" {
  description = "Service accounts for the annotations of the services' accounts, by principal."
  value       = module.credence.service_accounts
}

output "network" {
  description = "The network and the subnetwork that the services run in."
  value       = module.credence.network
}

output "topics" {
  description = "Where publishers send messages, by dataset."
  value       = module.credence.topics
}

output "helm_values" {
  description = "Values for deploy/chart: terraform output -raw helm_values > values.yaml."
  value       = module.credence.helm_values
}

output "database_users" {
  description = "Whom each service signs in to PostgreSQL as."
  value       = module.credence.database_users
}

output "catalog_roles" {
  description = "SQL that the database user credence runs once: terraform output -raw catalog_roles."
  value       = module.credence.catalog_roles
}
