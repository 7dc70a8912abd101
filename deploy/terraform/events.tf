resource "aws_sqs_queue" "dead_letters" {
  name_prefix               = "daemonctl-${var.cluster_name}-dead-"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

# An event only says where to look, and a resync looks everywhere: an old one is worth nothing.
resource "aws_sqs_queue" "events" {
  name_prefix                = "daemonctl-${var.cluster_name}-"
  sqs_managed_sse_enabled    = true
  message_retention_seconds  = 3600
  visibility_timeout_seconds = 60
  receive_wait_time_seconds  = 20
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 5
  })
}

data "aws_iam_policy_document" "queue" {
  statement {
    sid       = "EventBridge"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.cluster.arn, aws_cloudwatch_event_rule.spot.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy    = data.aws_iam_policy_document.queue.json
}

resource "aws_cloudwatch_event_rule" "cluster" {
  name_prefix = "daemonctl-"
  description = "What happens to instances and tasks of ${var.cluster_name}"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Container Instance State Change", "ECS Task State Change"]
    detail      = { clusterArn = [local.cluster] }
  })
}

resource "aws_cloudwatch_event_rule" "spot" {
  name_prefix = "daemonctl-"
  description = "Spot instances that EC2 takes in two minutes; daemonctl leaves those of other clusters alone"
  event_pattern = jsonencode({
    source      = ["aws.ec2"]
    detail-type = ["EC2 Spot Instance Interruption Warning"]
  })
}

resource "aws_cloudwatch_event_target" "cluster" {
  rule      = aws_cloudwatch_event_rule.cluster.name
  target_id = "daemonctl"
  arn       = aws_sqs_queue.events.arn
}

resource "aws_cloudwatch_event_target" "spot" {
  rule      = aws_cloudwatch_event_rule.spot.name
  target_id = "daemonctl"
  arn       = aws_sqs_queue.events.arn
}
