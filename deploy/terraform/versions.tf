terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  region  = data.aws_region.this.name
  ecs     = "arn:${data.aws_partition.this.partition}:ecs:${local.region}:${local.account}"
  cluster = "${local.ecs}:cluster/${var.cluster_name}"
  secrets = merge(
    var.consul_token_secret_arn == "" ? {} : { CONSUL_TOKEN = var.consul_token_secret_arn },
    var.api_token_secret_arn == "" ? {} : { API_TOKEN = var.api_token_secret_arn },
  )
}
