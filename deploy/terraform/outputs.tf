output "queue_url" {
  description = "clusters[].events.queueUrl"
  value       = aws_sqs_queue.events.url
}

output "task_role_arn" {
  description = "What daemonctl runs as"
  value       = aws_iam_role.task.arn
}

output "log_group" {
  value = aws_cloudwatch_log_group.this.name
}
