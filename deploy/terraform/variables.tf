variable "cluster_name" {
  description = "Name (not ARN) of the ECS cluster; daemonctl runs on it and guards it."
  type        = string
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.cluster_name))
    error_message = "A cluster's name, not its ARN."
  }
}

variable "daemon_role_arns" {
  description = "Task and execution roles of the daemons' task definitions; daemonctl may pass these and no others."
  type        = list(string)
}

variable "config_parameter" {
  description = "SSM parameter with daemonctl.yaml, by name."
  type        = string
  default     = "/daemonctl/config"
}

variable "image" {
  description = "The image, by digest or tag."
  type        = string
}

variable "replicas" {
  description = "More than 1 wants leaderElection in the config."
  type        = number
  default     = 1
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  description = "Private subnets from which AWS's endpoints and Consul can be reached."
  type        = list(string)
}

variable "prometheus_cidr" {
  description = "Who may scrape port 9102."
  type        = string
}

variable "placement_constraint" {
  description = "Where daemonctl may run; never the gate's attribute, for it must start where nothing is ready yet."
  type        = string
  default     = "attribute:ecs.os-type == linux"
}

variable "consul_token_secret_arn" {
  description = "Secret with Consul's token for daemonctl (deploy/consul/daemonctl.hcl); empty without Consul."
  type        = string
  default     = ""
}

variable "api_token_secret_arn" {
  description = "Secret with the token of http.authTokenFile; empty where the API stays on loopback."
  type        = string
  default     = ""
}

variable "operator_cidr" {
  description = "Who may reach the API on port 8080; used with api_token_secret_arn only."
  type        = string
  default     = "10.0.0.0/8"
}

variable "consul_cidr" {
  description = "Where Consul's HTTP API is."
  type        = string
  default     = "10.0.0.0/8"
}

variable "alarm_topic_arn" {
  description = "SNS topic for the alarms; empty for none."
  type        = string
  default     = ""
}

variable "log_retention_days" {
  type    = number
  default = 30
}
