data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "daemonctl" {
  statement {
    sid       = "Cluster"
    actions   = ["ecs:DeregisterContainerInstance", "ecs:DescribeClusters", "ecs:ListContainerInstances"]
    resources = [local.cluster]
  }
  statement {
    sid = "Instances"
    actions = [
      "ecs:DeleteAttributes",
      "ecs:DescribeContainerInstances",
      "ecs:ListTasks",
      "ecs:PutAttributes",
      "ecs:UpdateContainerInstancesState",
    ]
    resources = ["${local.ecs}:container-instance/${var.cluster_name}/*"]
  }
  statement {
    sid       = "Tasks"
    actions   = ["ecs:DescribeTasks", "ecs:GetTaskProtection", "ecs:StopTask", "ecs:TagResource"]
    resources = ["${local.ecs}:task/${var.cluster_name}/*"]
  }
  statement {
    sid       = "Start"
    actions   = ["ecs:StartTask"]
    resources = ["${local.ecs}:task-definition/*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.cluster]
    }
  }
  statement {
    sid       = "Services"
    actions   = ["ecs:DescribeServices"]
    resources = ["${local.ecs}:service/${var.cluster_name}/*"]
  }
  statement {
    sid       = "CapacityProviders"
    actions   = ["ecs:DescribeCapacityProviders"]
    resources = ["${local.ecs}:capacity-provider/*"]
  }
  statement {
    sid       = "ListServices"
    actions   = ["ecs:ListServices"]
    resources = ["*"] # names no resource; the condition does
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.cluster]
    }
  }
  statement {
    sid       = "WhatNamesNoResource"
    actions   = ["ec2:DescribeInstances", "ecs:DescribeTaskDefinition"]
    resources = ["*"] # these two take no resource (Service Authorization Reference)
  }
  statement {
    sid       = "Roles"
    actions   = ["iam:PassRole"]
    resources = var.daemon_role_arns
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
  statement {
    sid       = "Queue"
    actions   = ["sqs:DeleteMessage", "sqs:ReceiveMessage"]
    resources = [aws_sqs_queue.events.arn]
  }
  statement {
    sid       = "Config"
    actions   = ["ssm:GetParameter"]
    resources = ["arn:${data.aws_partition.this.partition}:ssm:${local.region}:${local.account}:parameter${var.config_parameter}"]
  }
}

resource "aws_iam_role" "task" {
  name_prefix        = "daemonctl-"
  description        = "What daemonctl may do"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "task" {
  name   = "daemonctl"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.daemonctl.json
}

resource "aws_iam_role" "execution" {
  name_prefix        = "daemonctl-start-"
  description        = "What the ECS agent may do to start daemonctl"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

data "aws_iam_policy_document" "tokens" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(local.secrets)
  }
}

resource "aws_iam_role_policy" "tokens" {
  count  = length(local.secrets) > 0 ? 1 : 0
  name   = "tokens"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.tokens.json
}
