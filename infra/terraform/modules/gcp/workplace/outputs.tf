output "connect" {
  description = "What people type, followed by -L <port here>:<host>:<port there> for each connection."
  value       = "gcloud compute ssh ${google_compute_instance.this.name} --project ${var.project_id} --zone ${var.zone} --tunnel-through-iap -- -N"
}
