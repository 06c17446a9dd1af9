output "cluster_name" {
  description = "For `eks.cluster_name` of the module for data."
  value       = aws_eks_cluster.this.name
}

output "oidc_issuer" {
  description = "The issuer of service accounts' tokens, for a provider of IRSA; pod identities need none."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "repositories" {
  description = "Where to copy images, by name."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "security_group_id" {
  description = "What the control plane wears: a workplace reaches it on 443."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}
