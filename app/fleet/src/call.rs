//! The calls that a pull makes, under AWS's own names.

use serde::{Deserialize, Serialize};

macro_rules! calls {
    ($($variant:ident $service:literal $operation:literal $doc:literal),+ $(,)?) => {
        /// A call that a pull makes. Evidence and gaps name their source by it.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum Call {
            $(#[doc = $doc] $variant,)+
        }

        impl Call {
            /// Every call.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The operation's name: `DescribeInstances`.
            #[must_use]
            pub fn operation(self) -> &'static str {
                match self { $(Self::$variant => $operation,)+ }
            }

            /// The IAM action that allows the call: `ec2:DescribeInstances`.
            #[must_use]
            pub fn action(self) -> &'static str {
                match self { $(Self::$variant => concat!($service, ":", $operation),)+ }
            }
        }
    };
}

calls! {
    GetCallerIdentity "sts" "GetCallerIdentity" "Who is asking; needs no permission.",
    DescribeRegions "ec2" "DescribeRegions" "The regions that the account has enabled.",
    DescribeInstances "ec2" "DescribeInstances" "Servers.",
    DescribeInstanceImageMetadata "ec2" "DescribeInstanceImageMetadata" "The image of a server, even a deregistered one.",
    DescribeImages "ec2" "DescribeImages" "Images, our own and those in use.",
    DescribeLaunchTemplates "ec2" "DescribeLaunchTemplates" "Launch templates.",
    DescribeLaunchTemplateVersions "ec2" "DescribeLaunchTemplateVersions" "Template versions.",
    DescribeReplaceRootVolumeTasks "ec2" "DescribeReplaceRootVolumeTasks" "Root volume replacements.",
    DescribeVolumes "ec2" "DescribeVolumes" "Volumes that were put in the place of a root volume.",
    DescribeAutoScalingGroups "autoscaling" "DescribeAutoScalingGroups" "Groups and their members.",
    DescribeLaunchConfigurations "autoscaling" "DescribeLaunchConfigurations" "Launch configurations.",
    DescribeWarmPool "autoscaling" "DescribeWarmPool" "The servers of a warm pool.",
    ListImagePipelines "imagebuilder" "ListImagePipelines" "Image Builder pipelines.",
    ListImageRecipes "imagebuilder" "ListImageRecipes" "Image Builder recipes.",
    ListImageBuildVersions "imagebuilder" "ListImageBuildVersions" "Image Builder's builds.",
    GetImage "imagebuilder" "GetImage" "One Image Builder build, with its recipe and the images that it put out.",
    GetParameters "ssm" "GetParameters" "The image that a `resolve:ssm:` template points to now.",
    DescribeScalingActivities "autoscaling" "DescribeScalingActivities" "How a group launched and terminated.",
    DescribeInstanceRefreshes "autoscaling" "DescribeInstanceRefreshes" "A group's instance refreshes.",
    ListWorkflowExecutions "imagebuilder" "ListWorkflowExecutions" "How long an Image Builder build took.",
    DescribeSessions "ssm" "DescribeSessions" "Who logged in through Session Manager.",
    DescribeInstanceInformation "ssm" "DescribeInstanceInformation" "Which servers Session Manager reaches.",
    LookupEvents "cloudtrail" "LookupEvents" "Keys sent, attributes changed and volumes attached by somebody.",
    GetConsoleOutput "ec2" "GetConsoleOutput" "What a server wrote while it booted.",
    DescribeInstanceAttribute "ec2" "DescribeInstanceAttribute" "User data and termination protection of one server.",
    DescribeAvailabilityZones "ec2" "DescribeAvailabilityZones" "The zones by which many servers are read side by side.",
}

impl Call {
    /// Whether it is asked in the second stage of a pull alone, whose answers are evidence.
    #[must_use]
    pub fn is_evidence(self) -> bool {
        matches!(
            self,
            Self::DescribeScalingActivities
                | Self::DescribeInstanceRefreshes
                | Self::ListWorkflowExecutions
                | Self::DescribeSessions
                | Self::DescribeInstanceInformation
                | Self::LookupEvents
                | Self::GetConsoleOutput
                | Self::DescribeInstanceAttribute
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_names_its_permission() {
        assert_eq!(Call::ListImagePipelines.action(), "imagebuilder:ListImagePipelines");
        assert!(Call::ALL.iter().all(|call| call.action().ends_with(call.operation())));
    }
}
