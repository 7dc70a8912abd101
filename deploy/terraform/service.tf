resource "aws_cloudwatch_log_group" "this" {
  name              = "/daemonctl/${var.cluster_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_security_group" "this" {
  name_prefix = "daemonctl-"
  description = "daemonctl - scraped by Prometheus, talks to AWS and Consul"
  vpc_id      = var.vpc_id

  ingress {
    description = "metrics and health"
    protocol    = "tcp"
    from_port   = 9102
    to_port     = 9102
    cidr_blocks = [var.prometheus_cidr]
  }
  dynamic "ingress" {
    for_each = var.api_token_secret_arn == "" ? [] : [var.operator_cidr]
    content {
      description = "status page and API"
      protocol    = "tcp"
      from_port   = 8080
      to_port     = 8080
      cidr_blocks = [ingress.value]
    }
  }
  egress {
    description = "endpoints of AWS"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    description = "Consul"
    protocol    = "tcp"
    from_port   = 8500
    to_port     = 8501
    cidr_blocks = [var.consul_cidr]
  }
  egress {
    description = "names"
    protocol    = "udp"
    from_port   = 53
    to_port     = 53
    cidr_blocks = ["0.0.0.0/0"]
  }
}

locals {
  # ECS gives secrets as environment; daemonctl reads files, which do not show in `docker inspect`
  # of the container that stays. This one writes them and ends.
  tokens = {
    name                   = "tokens"
    image                  = var.image
    essential              = false
    memoryReservation      = 16
    readonlyRootFilesystem = true
    user                   = "0"
    entryPoint             = ["python3", "-c"]
    command                = [file("${path.module}/tokens.script")]
    secrets                = [for name, arn in local.secrets : { name = name, valueFrom = arn }]
    mountPoints            = [{ sourceVolume = "secrets", containerPath = "/run/secrets" }]
  }
  daemonctl = {
    name                   = "daemonctl"
    image                  = var.image
    essential              = true
    memoryReservation      = 128
    memory                 = 512
    readonlyRootFilesystem = true
    stopTimeout            = 30
    user                   = "65532"
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    dependsOn              = length(local.secrets) > 0 ? [{ containerName = "tokens", condition = "SUCCESS" }] : []
    command                = ["run"]
    environment = [
      { name = "DAEMONCTL_CONFIG", value = "ssm:${var.config_parameter}" },
      { name = "AWS_REGION", value = local.region },
    ]
    portMappings = [for port in [9102, 8080] : { containerPort = port, protocol = "tcp" }]
    mountPoints  = [{ sourceVolume = "secrets", containerPath = "/run/secrets", readOnly = true }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = local.region
        awslogs-stream-prefix = "daemonctl"
      }
    }
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = "daemonctl"
  network_mode             = "awsvpc"
  requires_compatibilities = ["EC2"]
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions    = jsonencode(length(local.secrets) > 0 ? [local.tokens, local.daemonctl] : [local.daemonctl])
  volume {
    name = "secrets"
  }
}

resource "aws_ecs_service" "this" {
  name                               = "daemonctl"
  cluster                            = local.cluster
  task_definition                    = aws_ecs_task_definition.this.arn
  launch_type                        = "EC2"
  desired_count                      = var.replicas
  deployment_minimum_healthy_percent = 0 # two at once are harmless, one after the other is calmer
  deployment_maximum_percent         = 100
  propagate_tags                     = "SERVICE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.this.id]
  }
  placement_constraints {
    type = "distinctInstance"
  }
  placement_constraints {
    type       = "memberOf"
    expression = var.placement_constraint
  }
}
