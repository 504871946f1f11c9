//! Volumes that somebody attached to servers after their birth.

use std::sync::Arc;

use jiff::SignedDuration;

use super::{
    build::{Builder, Place},
    file::LateVolumeData,
};
use crate::{
    service::Service,
    world::{
        Tags, id,
        server::Server,
        trail::{Outcome, TrailEvent},
        volume::{DATA_DEVICE, Volume, VolumeState},
    },
};

impl Builder {
    /// Attaches an empty volume to a server, as CloudTrail tells.
    pub(super) fn attach(&mut self, place: &Place, server: &Server, data: &LateVolumeData) {
        let at = self.since(data.ago);
        let volume = Volume {
            id: id::mix(server.id ^ 0xDA7A),
            zone: server.zone,
            created: at - SignedDuration::from_secs(70),
            size_gib: data.size_gib,
            snapshot: 0,
            encrypted: true,
            tags: Tags::from([]),
            state: VolumeState::Data { server: server.id, attached: at },
        };
        let (attached, target) = (id::show("vol", volume.id), id::show("i", server.id));
        let event = TrailEvent {
            id: id::mix(volume.id ^ 0xA77),
            at,
            request_id: id::uuid(volume.id, 0xA77),
            service: Service::Ec2.prefix(),
            name: "AttachVolume",
            principal: Arc::new(self.engineer(place, &data.who)),
            parameters: serde_json::json!({
                "volumeId": attached, "instanceId": target, "device": DATA_DEVICE, "deleteOnTermination": false,
            }),
            resources: vec![attached, target],
            outcome: Outcome::Done,
        };
        let scope = self.scope_mut(place);
        scope.add_volume(volume);
        scope.trail.push(event);
        scope.trail.sort_by_key(|event| event.at);
    }
}
