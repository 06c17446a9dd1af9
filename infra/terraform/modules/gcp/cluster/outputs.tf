output "cluster_name" {
  description = "The cluster: gcloud container clusters get-credentials, from within administrator_ranges."
  value       = google_container_cluster.this.name
}

output "workload_identity" {
  description = "For `workload_identity` of the module for data; add the namespace."
  value       = { pool = "${var.project_id}.svc.id.goog", namespace = "credence" }
}

output "images" {
  description = "Where to copy images: the registry that nodes reach."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
}
