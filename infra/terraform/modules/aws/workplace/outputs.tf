output "instance_id" {
  description = "What sessions are started on: aws ssm start-session --target."
  value       = aws_instance.this.id
}

output "policy" {
  description = "The name of the policy of people: for permission sets of IAM Identity Center."
  value       = aws_iam_policy.people.name
}
