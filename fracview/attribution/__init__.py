"""Attribution methods: each a frozen dataclass that is called with a classifier and yields."""

from fracview.registry import Registry

ATTRIBUTIONS = Registry(
    "fracview.attributions",
    "attribution",
    {
        "saliency": "fracview.attribution.saliency:Saliency",
        "input_x_gradient": "fracview.attribution.input_x_gradient:InputXGradient",
        "integrated_gradients": "fracview.attribution.integrated_gradients:IntegratedGradients",
        "deeplift": "fracview.attribution.deeplift:DeepLift",
        "occlusion": "fracview.attribution.occlusion:Occlusion",
        "grad_cam": "fracview.attribution.grad_cam:GradCam",
    },
)
"""Attribution methods by name."""
